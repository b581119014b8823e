"""登录页与退出。"""

from django.contrib.auth.views import LoginView, LogoutView

from gongdi.orgs.forms import SigninForm


class SigninView(LoginView):
    """Sign-in page (登录); a person who is signed in already goes on."""

    form_class = SigninForm
    template_name = "orgs/signin.html"
    redirect_authenticated_user = True


class SignoutView(LogoutView):
    """Sign out (退出) by POST only."""

    next_page = "signin"
